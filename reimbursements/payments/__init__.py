"""« Mes paiements »: what an insured person reads about their own payments."""
