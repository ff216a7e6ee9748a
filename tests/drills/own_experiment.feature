Feature: An experiment of one's own
  A template of scenarios/experiments/ stops every instance of us-east-1: the health check fails, and readers go elsewhere.

  Scenario: Readers go on while an FIS template stops the instances of a region
    Given the "storefront" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And readers sending 20 requests per second
    And no orders
    And 20 seconds of steady state before the fault
    And 20 seconds of watching after the recovery
    And 20 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most   |
      | recovery time | 2 minutes |
    When the FIS experiment "stop-instances" runs
    Then every criterion is met
