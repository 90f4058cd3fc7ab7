"""Files in, every problem or every change out (EN-1, EN-10, OP-1); nothing here touches the database."""
