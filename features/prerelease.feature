Feature: Before a release
  A minute of steady load, held against the last run that was accepted: is this version slower, does it fail more?

  Scenario: The new version is as quick and as reliable as the accepted one
    Given the "storefront" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And the load profile "steady" at 200 %
    And no orders
    And 10 seconds of steady state before the load profile
    And 10 seconds of watching after the load profile
    And the last accepted run as the baseline
    And the success criteria
      | measure            | at most | in phase | for population |
      | P95 latency change | 30 %    | loaded   | NA             |
      | P95 latency change | 30 %    | loaded   | EU             |
      | P95 latency change | 30 %    | loaded   | AP             |
      | error rate change  | 0.5 pp  | loaded   |                |
      | P95 latency        | 200 ms  | loaded   |                |
    And the success criteria
      | measure      | at least | in phase |
      | availability | 99.9 %   | loaded   |
    When the load profile runs
    Then every criterion is met
