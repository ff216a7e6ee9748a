Feature: The power fails in an availability zone
  The instance of us-east-1a is gone, and no other can be launched there; the load balancer takes it out of service.

  Scenario: The other zones serve everybody
    Given the "storefront" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And readers sending 60 requests per second
    And no orders
    And 20 seconds of steady state before the fault
    And 30 seconds of watching after the recovery
    And 10 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most  | in phase  |
      | recovery time | 1 minute |           |
      | P95 latency   | 400 ms   | recovered |
    When the power fails in "us-east-1a" for 2 minutes
    Then every criterion is met
