Feature: The primary database fails over to its standby, and the stack cannot take it
  The drill is that of features/database_failover.feature; nobody asks for 200 seconds where the database is.

  Scenario: Orders go to where the database was
    Given the "storefront-with-long-ttl" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And readers sending 60 requests per second
    And orders placed 20 times per second in every population
    And 20 seconds of steady state before the fault
    And 30 seconds of watching after the recovery
    And 10 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most  | in phase |
      | recovery time | 1 minute |          |
      | lost writes   | 0 writes |          |
    When the database of "us-east-1" fails over to its standby for 2 minutes
    Then the verdict is FAIL because of "recovery time"
