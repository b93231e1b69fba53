"""Plain-language explanations of payments: pure functions over lines and dated reference rows."""
