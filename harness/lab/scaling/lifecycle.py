"""The states of an instance's life in a group, in the words of Auto Scaling."""

PENDING, PENDING_WAIT, PENDING_PROCEED = "Pending", "Pending:Wait", "Pending:Proceed"
IN_SERVICE = "InService"
TERMINATING, TERMINATING_WAIT, TERMINATING_PROCEED = "Terminating", "Terminating:Wait", "Terminating:Proceed"
WARMED_PENDING, WARMED_STOPPED, WARMED_TERMINATING = "Warmed:Pending", "Warmed:Stopped", "Warmed:Terminating"

LEAVING = (TERMINATING, TERMINATING_WAIT, TERMINATING_PROCEED)
STARTING = (PENDING, PENDING_WAIT, PENDING_PROCEED)
