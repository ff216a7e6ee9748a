Feature: A region is lost
  us-east-1 disappears: nobody reaches it and its instances stop. It holds the primary database and serves North America.
  The standby region eu-west-1 takes over by a runbook that starts when the detection alarm rings.

  Background:
    Given the "storefront" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
      | replication lag   | at most 1 s        |

  Scenario: The standby region takes over when us-east-1 is lost
    Given a load of 110 requests per second
    And orders placed 20 times per second in every population
    And 200 seconds of steady state before the fault
    And 200 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the runbook "fail-over-to-eu-west-1"
    And the success criteria of "challenge-11"
    And the success criteria
      | measure          | at most  | in phase | in any |
      | duplicate writes | 0 writes |          |        |
      | unknown writes   | 0 writes |          |        |
      | lost writes      | 5 writes |          |        |
      | P95 latency      | 400 ms   | restored | 60 s   |
    When "us-east-1" is lost for 5 minutes
    Then every criterion is met
