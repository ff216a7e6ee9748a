Feature: ECS tasks are slow on the network, and the stack cannot take it
  The drill is that of features/task_network_latency.feature, with a delay that no page can afford.

  Scenario: Readers wait
    Given the "storefront-on-ecs" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And readers sending 120 requests per second
    And no orders
    And 20 seconds of steady state before the fault
    And 30 seconds of watching after the recovery
    And 10 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the success criteria
      | measure     | at most | in phase |
      | P95 latency | 250 ms  | impaired |
    When the tasks of "us-east-1" send 300 ms late for 90 s
    Then the verdict is FAIL because of "P95 latency"
