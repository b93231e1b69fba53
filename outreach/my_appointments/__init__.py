"""« Mes rappels et rendez-vous » in « Mon espace »."""
