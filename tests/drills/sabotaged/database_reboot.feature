Feature: The primary database restarts, and the stack cannot take it
  The drill is that of features/database_reboot.feature; the disk does not answer when the database comes back.

  Scenario: Orders wait for the disk
    Given the "storefront" stack
    And the steady state
      | probe             | tolerance          |
      | regions answering | at least 3 regions |
      | healthy targets   | at least 2 targets |
    And readers sending 60 requests per second
    And orders placed 20 times per second in every population
    And 20 seconds of steady state before the fault
    And 30 seconds of watching after the recovery
    And 10 seconds of watching after the failback
    And a blast radius of "us-east-1"
    And the success criteria
      | measure       | at most  | in phase |
      | recovery time | 1 minute |          |
      | lost writes   | 0 writes |          |
    When these faults strike
      | at  | what breaks                                                      |
      | 0 s | the database of "us-east-1" is rebooted and watched for 2 minutes |
      | 0 s | the volumes of "us-east-1" stop answering for 2 minutes           |
    Then the verdict is FAIL because of "recovery time"
