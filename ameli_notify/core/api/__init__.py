"""What any API of the house is made of: problems, parameters, cursors, conditional answers, limits."""
