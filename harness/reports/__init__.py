"""What people look at: pure functions of a History and its Judgement, each giving text."""
