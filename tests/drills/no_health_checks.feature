Feature: A stack without health checks must fail
  The drill is that of features/read_failover.feature; nothing moves readers away from the lost region.

  Scenario: Nobody moves readers away
    Given the "storefront-without-health-checks" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
    And readers sending 30 requests per second
    And no orders
    And 30 seconds of steady state before the fault
    And 20 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most  |
      | recovery time | 1 minute |
    When "us-east-1" is lost for 2 minutes
    Then the verdict is FAIL because of "recovery time"
