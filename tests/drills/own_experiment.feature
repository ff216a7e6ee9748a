Feature: An experiment of one's own
  Templates of scenarios/experiments/ break what no step of the language names.

  Background:
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

  Scenario: Readers go on while an FIS template stops the instances of a region
    Given the success criteria
      | measure       | at most   |
      | recovery time | 2 minutes |
    When the FIS experiment "stop-instances" runs
    Then every criterion is met

  Scenario: A balancer does not leave a zone that an FIS template cuts off in a second
    Given the success criteria
      | measure       | at most  |
      | recovery time | 1 second |
    When the FIS experiment "zone-isolation" runs in "us-east-1"
    Then the verdict is FAIL because of "recovery time"
