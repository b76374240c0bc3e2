"""Where does the territory begin and end?"""
