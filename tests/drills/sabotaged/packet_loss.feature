Feature: Instances lose packets, and the stack cannot take it
  The drill is that of features/packet_loss.feature, on a network that loses more than it carries.

  Scenario: Readers wait
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
      | measure     | at most | in phase |
      | P95 latency | 500 ms  |          |
    When 60 % of the packets of the instances of "us-east-1" are lost for 90 s
    Then the verdict is FAIL because of "P95 latency"
