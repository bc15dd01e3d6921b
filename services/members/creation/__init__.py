"""Creation: how a thing under a natural id (an account name, a place's path) is recognised when its key comes again."""
