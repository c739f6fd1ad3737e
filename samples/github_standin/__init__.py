"""A small stand-in for a code host with GitHub's REST API. It is not GitHub.

It shows the repositories of the sample workspace, the pull requests that are in their histories, and
what their own tests said when they were run on this machine. It only answers; nothing can be changed
through it. See README.md.
"""
