Feature: Route 53 moves readers by itself
  us-east-1 is lost and nobody acts: the health check fails, Route 53 answers with another region, and readers go on.

  Scenario: Readers are served again though nobody acts
    Given the "storefront" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And readers sending 60 requests per second
    And no orders
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most    | in phase  |
      | recovery time | 2 minutes  |           |
      | cutover time  | 30 seconds |           |
      | P95 latency   | 400 ms     | recovered |
    When "us-east-1" is lost for 3 minutes
    Then every criterion is met
