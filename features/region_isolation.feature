Feature: A region is cut off, but stays up
  Nobody reaches us-east-1, while its instances and its database go on running.

  Scenario: Readers are served by another region
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
    When "us-east-1" is isolated for 2 minutes
    Then every criterion is met
