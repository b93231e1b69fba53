"""The demonstration (the main job from delivered files to received messages) and serving what is there.

``manage.py demo`` conducts: it starts a mail sink, then itself again with the demo's own environment, which does
the work and says what came of it, then the web server and the jobs.
"""
