"""Object stores that hold photographs and vectors under the platform's keys."""
