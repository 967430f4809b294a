"""One module a revision; none is ever changed once a version with it was released."""
