Feature: The primary database fails over to its standby
  The database of us-east-1 crashes; its standby in another zone takes over, and no acknowledged order is lost.

  Scenario: Orders go on at the standby
    Given the "storefront-with-standby" stack
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
    Then every criterion is met
