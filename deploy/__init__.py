"""What runs Yizhan: on one machine, in containers, and with a demo campus."""
