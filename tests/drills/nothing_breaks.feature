Feature: A fault that touches nothing proves nothing

  Scenario: Nothing breaks and every criterion would be met
    Given the "storefront" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
    And a load of 30 requests per second
    And orders placed 20 times per second in every population
    And 30 seconds of steady state before the fault
    And 20 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most   |
      | recovery time | 5 minutes |
      | data loss     | 1 second  |
    When nothing breaks in "us-east-1" for 1 minute
    Then the verdict is INCONCLUSIVE because of "recovery time"
    And the run is void because "no client saw"
