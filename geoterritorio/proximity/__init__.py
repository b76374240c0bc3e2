"""What is within reach?"""
