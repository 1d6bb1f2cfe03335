"""Pictures of every view of the window in every state, made from the real window with a real engine, to be looked at."""
