Feature: The rush of Black Friday, and fleets that cannot take it
  Three minutes of ten times the load; features/black_friday.feature is the whole rehearsal.

  Background:
    Given the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And no orders
    And probes 10 times per second in every population
    And 20 seconds of steady state before the load profile
    And a load of 18 requests per second with a spike of 180 for 3 minutes
    And shoppers who stay for 30 seconds

  Scenario: A warm fleet takes the rush
    Given the "storefront-black-friday" stack
    And 10 seconds of watching after the load profile
    And the success criteria
      | measure                                         | at most             | in phase |
      | scaling time                                    | 150 s               |          |
      | scaling time from demand rises to P95 in bounds | 170 s               |          |
      | under-capacity                                  | 20 instance-minutes |          |
      | P95 latency                                     | 1 s                 | loaded   |
    When the load profile runs
    Then every criterion is met

  Scenario: A fleet that scales by a CPU that is never busy does not scale
    Given the "storefront-scaling-by-cpu" stack
    And 10 seconds of watching after the load profile
    And the success criteria
      | measure      | at most |
      | scaling time | 2 min   |
    When the load profile runs
    Then the verdict is FAIL because of "scaling time"

  Scenario: A fleet with a long cooldown is not large enough in time
    Given the "storefront-with-long-cooldown" stack
    And 10 seconds of watching after the load profile
    And the success criteria
      | measure                                         | at most | in phase |
      | scaling time from demand rises to P95 in bounds | 2 min   |          |
      | P95 latency                                     | 1 s     | loaded   |
    When the load profile runs
    Then the verdict is FAIL because of "scaling time from demand rises to P95 in bounds"

  Scenario: Without a warm pool the fleet boots too long
    Given the "storefront-slow-start" stack
    And 10 seconds of watching after the load profile
    And the success criteria
      | measure      | at most |
      | scaling time | 2 min   |
    When the load profile runs
    Then the verdict is FAIL because of "scaling time"
