package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"tenure/internal/employee"
	"tenure/workflows"
)

const (
	runs = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	over = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
)

// lobby is the command line with a store that knows Robin, and a Temporal that knows these cases.
func lobby(t *testing.T, cases map[string]enumspb.WorkflowExecutionStatus) *connection {
	t.Helper()
	c := directory(t, robin("E1042", "p1", "robin@example.com"), robin("E2000", "p2", "robin.two@example.com"))
	c.client, c.patience = &cluster{cases: cases}, time.Minute
	return c
}

func TestCaseID_IsTheOneThatRuns(t *testing.T) {
	for name, x := range map[string]struct {
		cases map[string]enumspb.WorkflowExecutionStatus
		of    []workflows.Process
		want  string
	}{
		"none at all":               {nil, nil, "offboard/E1042"},
		"an offboarding":            {map[string]enumspb.WorkflowExecutionStatus{"offboard/E1042": runs}, nil, "offboard/E1042"},
		"somebody who joins":        {map[string]enumspb.WorkflowExecutionStatus{"onboard/E1042": runs}, nil, "onboard/E1042"},
		"a leave after an ended":    {map[string]enumspb.WorkflowExecutionStatus{"onboard/E1042": over, "leave/E1042": runs}, nil, "leave/E1042"},
		"the last of those ended":   {map[string]enumspb.WorkflowExecutionStatus{"move/E1042": over, "offboard/E1042": over, "onboard/E1042": over}, nil, "onboard/E1042"},
		"of one process alone":      {map[string]enumspb.WorkflowExecutionStatus{"offboard/E1042": over, "onboard/E1042": runs}, []workflows.Process{workflows.ProcessOffboard}, "offboard/E1042"},
		"somebody else's is no one": {map[string]enumspb.WorkflowExecutionStatus{"onboard/E7": runs}, nil, "offboard/E1042"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{"robin@example.com", "E1042"} {
				got, err := lobby(t, x.cases).caseID(t.Context(), text, x.of...)
				require.NoError(t, err)
				require.Equal(t, x.want, got)
			}
		})
	}
}

func TestCaseID_AWholeIDIsTakenAtItsWord(t *testing.T) {
	c := &connection{} // nobody is asked
	for _, id := range []string{"device-return/E1042/C02XY", "offboard/E7", "onboard/E1042", "leave/E%2F1"} {
		got, err := c.caseID(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, id, got)
	}
}

func TestCaseID_SeveralRun_NamesThem(t *testing.T) {
	_, err := lobby(t, map[string]enumspb.WorkflowExecutionStatus{"offboard/E1042": runs, "move/E1042": over, "onboard/E1042": runs}).caseID(t.Context(), "E1042")
	require.Equal(t, ExitAmbiguous, codeOf(err))
	require.EqualError(t, err, "Robin Example (E1042) has 2 cases that run: offboard/E1042, onboard/E1042; name the one you mean in place of the person, or with --case offboard/E1042")
}

// Of somebody with two records in HR the cases run under the first.
func TestCaseID_OfASecondRecord_IsTheFirsts(t *testing.T) {
	cases := map[string]enumspb.WorkflowExecutionStatus{"onboard/E2000": over, "move/E1042": runs}
	c := lobby(t, cases)
	require.NoError(t, c.store.JoinRecords(t.Context(), "E2000", "E1042", "cli:jo", "two positions", time.Now()))
	got, err := c.caseID(t.Context(), "robin.two@example.com")
	require.NoError(t, err)
	require.Equal(t, "move/E1042", got)
}

func TestCaseID_OfASecondRecord_WithoutAStore_IsAskedOfAWorker(t *testing.T) {
	server := remote(t, employee.Batch{})
	server.cases = map[string]enumspb.WorkflowExecutionStatus{"leave/E1042": runs}
	_, c, _ := desk(server)
	got, err := c.caseID(t.Context(), "robin@example.com")
	require.NoError(t, err)
	require.Equal(t, "leave/E1042", got)
}

func TestByCase_StandsForThePerson(t *testing.T) {
	for _, args := range [][]string{
		{"explain", "--case", "onboard/E1042"}, {"rescind", "--case", "onboard/E1042", "--reason", "withdrawn"},
		{"step", "done", "identity.match:E55", "--case", "onboard/E1042", "--reason", "one person"}, {"follow", "--case", "leave/E1042"},
	} {
		s := shell{env: map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_CONFIG_FILE": t.TempDir() + "/none.toml"}}
		require.Equal(t, ExitUnavailable, s.run(t, args...), "%v: %s", args, s.err.String()) // it goes as far as Temporal
	}
}

func TestListed_IsEveryProcessOfAPerson(t *testing.T) {
	require.Equal(t, []string{"offboard", "onboard", "move", "leave", "device-return"}, processWords())
	require.Equal(t, `Process IN ("Onboard", "Leave")`, ofProcesses([]workflows.Process{workflows.ProcessOnboard, workflows.ProcessLeave}))
	of, err := processes([]string{" Onboard", "leave"})
	require.NoError(t, err)
	require.Equal(t, []workflows.Process{workflows.ProcessOnboard, workflows.ProcessLeave}, of)
	of, err = processes(nil)
	require.NoError(t, err)
	require.Equal(t, listed, of)
	_, err = processes([]string{"join"})
	require.EqualError(t, err, "--process join: there is no such process; write one or more of offboard, onboard, move, leave, device-return")
}

func TestCompletion_OffersCasesOfEveryProcess(t *testing.T) {
	c := lobby(t, map[string]enumspb.WorkflowExecutionStatus{"onboard/E1042": runs, "move/E7": over, "leave/E9": runs, "offboard/E1042/preview-1": runs})
	found, err := cases(t.Context(), c, nil, "")
	require.NoError(t, err)
	require.Equal(t, []candidate{{"E9", "leave"}, {"E1042", "onboard"}}, found)
	found, err = cases(t.Context(), c, nil, "o")
	require.NoError(t, err)
	require.Contains(t, found, candidate{"onboard/E1042", "onboard"})
	found, err = caseIDs(t.Context(), c, nil, "")
	require.NoError(t, err)
	require.Equal(t, []candidate{{"leave/E9", "leave"}, {"onboard/E1042", "onboard"}}, found)
}

func TestList_OfSomeProcesses_AsksForThoseAlone(t *testing.T) {
	c := lobby(t, map[string]enumspb.WorkflowExecutionStatus{"onboard/E1042": runs})
	rows, err := c.list(t.Context(), []workflows.Process{workflows.ProcessOnboard}, false)
	require.NoError(t, err)
	require.Equal(t, []string{"onboard/E1042", "E1042", "Robin Example", "Onboard"}, []string{rows[0].Case, rows[0].Employee, rows[0].Name, rows[0].Process})
	require.Equal(t, `Process IN ("Onboard") AND ExecutionStatus = "Running"`, c.client.(*cluster).query)
}
