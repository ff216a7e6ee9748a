Feature: The region loss on ECS, shortened for tests of the harness itself

  Scenario: A quick region loss of a storefront on ECS
    Given the "storefront-on-ecs" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
      | replication lag   | at most 1 s        |
    And a load of 20 requests per second
    And orders placed 20 times per second in every population
    And 20 seconds of steady state before the fault
    And 20 seconds of watching after the recovery
    And 20 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the runbook "fail-over-to-eu-west-1"
    And the success criteria
      | measure       | at most   |
      | recovery time | 3 minutes |
    When "us-east-1" is lost for 5 minutes
    Then every criterion is met
