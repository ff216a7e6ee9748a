Feature: An instance is lost, and the stack cannot take it
  The drill is that of features/instance_loss.feature; the load balancer takes five minutes to notice.

  Scenario: The load balancer goes on sending to the instance that is gone
    Given the "storefront-with-slow-target-checks" stack
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
    When one instance of "us-east-1" is stopped for 2 minutes
    Then the verdict is FAIL because of "recovery time"
