"""A rule's condition that hangs, or ends its process. Imports little, since each new worker imports it again."""

from __future__ import annotations

import os
import signal
import time

from monitor.core.matching.alternatives import AnyOf

HANGS, DIES = "a word to hang on", "a word to die of"


class HangingCondition(AnyOf):
    """A condition that hangs, or ends its process, on the words of the tests."""

    def holds(self, context, low, high):
        text = context.document.article.text
        if HANGS in text:
            time.sleep(3600)
        if DIES in text:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().holds(context, low, high)
