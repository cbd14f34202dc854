b runs already.
