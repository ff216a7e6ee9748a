Feature: Carts are lost where instances are killed when the fleet shrinks

  Scenario: The fleet shrinks after the rush and takes carts with it
    Given the "storefront-without-draining" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And no orders
    And a load of 30 requests per second with a spike of 120 for 2 minutes
    And the mix of journeys
      | journey | weight |
      | cart    | 100    |
    And shoppers who stay for 60 seconds
    And 20 seconds of steady state before the load profile
    And 4 minutes of watching after the load profile
    And the success criteria
      | measure    | at most |
      | carts lost | 0 carts |
    When the load profile runs
    Then the verdict is FAIL because of "carts lost"
