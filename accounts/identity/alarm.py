"""What is woken when a sign-in message is posted. A floor above names its task here, once, at start-up.

Messages are polled from above, never pushed; this only spares them the wait for the next poll. The module imports
nothing, so that it can be used while the apps are being loaded.
"""

TASKS_TO_WAKE: list[str] = []


def wake(task_path: str) -> None:
    """Have a task run, with the message's channel, soon after each message is posted."""
    if task_path not in TASKS_TO_WAKE:
        TASKS_TO_WAKE.append(task_path)
