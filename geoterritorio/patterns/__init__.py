"""How do the points lie to each other?"""
