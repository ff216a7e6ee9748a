Feature: Black Friday
  Ten times the load when the doors open. The fleet of each region scales by its requests per target; nobody's cart is lost.

  Background:
    Given the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And no orders
    And probes 10 times per second in every population
    And 60 seconds of steady state before the load profile

  Scenario: The fleet follows the day
    Given the "storefront-black-friday" stack
    And the load profile "black-friday" at 60 %
    And 5 minutes of watching after the load profile
    And the success criteria of "black-friday"
    And the success criteria
      | measure          | at least   |
      | orders a minute  | 200 orders |
      | revenue a minute | 1000 USD   |
    When the load profile runs
    Then every criterion is met

  Scenario: A fleet that was scaled beforehand takes the rush
    Given the "storefront-prescaled" stack
    And the load profile "doors-open" at 60 %
    And the success criteria
      | measure        | at most            | in phase |
      | P95 latency    | 200 ms             | scaling  |
      | P95 latency    | 200 ms             | loaded   |
      | under-capacity | 5 instance-minutes |          |
      | carts lost     | 0 carts            |          |
    And the success criteria
      | measure            | at least | in phase |
      | availability       | 99.9 %   | scaling  |
      | throughput reached | 99 %     |          |
      | headroom at peak   | 10 %     |          |
    When the load profile runs
    Then every criterion is met

  Scenario: A warm pool takes the rush in two minutes
    Given the "storefront-black-friday" stack
    And the load profile "doors-open" at 60 %
    And 5 minutes of watching after the load profile
    And the success criteria of "black-friday"
    And the success criteria
      | measure                                          | at most    |
      | scaling time from alarm to desired capacity      | 20 seconds |
      | scaling time from desired capacity to in service | 30 seconds |
    When the load profile runs
    Then every criterion is met

  Scenario: A cold start takes three
    Given the "storefront-cold-start" stack
    And the load profile "doors-open" at 60 %
    And 3 minutes for scaling after a surge
    And the success criteria
      | measure                                          | at most    | in phase |
      | scaling time                                     | 3 minutes  |          |
      | scaling time from desired capacity to in service | 90 seconds |          |
      | P95 latency                                      | 200 ms     | loaded   |
    When the load profile runs
    Then every criterion is met

  Scenario: A zone loses its power at the peak
    Given the "storefront-black-friday" stack
    And the load profile "doors-open" at 60 %
    And the faults strike 3 minutes into the load profile
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most   | in phase  |
      | scaling time  | 2 minutes |           |
      | recovery time | 1 minute  |           |
      | P95 latency   | 400 ms    | recovered |
      | P95 latency   | 200 ms    | restored  |
    When the power fails in "us-east-1a" for 2 minutes
    Then every criterion is met

  Scenario: A zone has no capacity when the fleet has to grow
    Given the "storefront-black-friday" stack
    And the load profile "doors-open" at 60 %
    And the faults strike 30 seconds into the load profile
    And a blast radius of "us-east-1"
    And the success criteria
      | measure      | at most   | in phase |
      | scaling time | 3 minutes |          |
      | P95 latency  | 200 ms    | restored |
    And the success criteria
      | measure            | at least |
      | throughput reached | 90 %     |
    When there is no capacity in "us-east-1a" for 4 minutes
    Then every criterion is met
