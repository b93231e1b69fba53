"""The pages of « Mon espace » that put together what several floors know: the first one, « Mes informations », the file
of all data."""
