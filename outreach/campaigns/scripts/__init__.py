"""What advisers say: versioned texts with branches, checked before anybody reads them out."""
