Feature: The health check that the documents give must fail
  Every 30 s with three failures cannot move anybody within 30 s.

  Scenario: The cutover takes longer than the documents promise
    Given the "storefront-as-documented" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
    And readers sending 30 requests per second
    And no orders
    And 30 seconds of steady state before the fault
    And 20 seconds of watching after the recovery
    And 20 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most    |
      | recovery time | 3 minutes  |
      | cutover time  | 30 seconds |
    When "us-east-1" is lost for 3 minutes
    Then the verdict is FAIL because of "cutover time"
