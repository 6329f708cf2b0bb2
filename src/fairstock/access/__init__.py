"""The API's keys: who calls, how often, for how much, and which call is a repetition of an earlier one."""
