"""How long a leg may rest with its helper: they are asked, then the leg goes on without them or the desk is told."""
