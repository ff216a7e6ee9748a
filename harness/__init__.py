"""Drill: a chaos and disaster-recovery test harness for AWS."""
