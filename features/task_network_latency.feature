Feature: ECS tasks are slow on the network
  Everything that the tasks of us-east-1 send is late.

  Scenario: Readers stay within the bound
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
    When the tasks of "us-east-1" send 20 ms late for 90 s
    Then every criterion is met
