"""What kind of place is it?"""
