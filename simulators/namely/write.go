package namelysim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// payload is what the vendor takes for creating and updating; a field that is left out stays as it is.
type payload struct {
	FirstName *string          `json:"first_name"`
	LastName  *string          `json:"last_name"`
	Email     *string          `json:"email"`
	Personal  *string          `json:"personal_email"`
	Status    *string          `json:"user_status"`
	Start     *string          `json:"start_date"`
	Departure *string          `json:"departure_date"`
	ReportsTo *string          `json:"reports_to"`
	JobTitle  *json.RawMessage `json:"job_title"`
	Home      *struct {
		Line1   string `json:"address1"`
		Line2   string `json:"address2"`
		City    string `json:"city"`
		State   string `json:"state_id"`
		Zip     string `json:"zip"`
		Country string `json:"country_id"`
	} `json:"home"`
}

// createProfile makes a profile. There is no idempotency key: the same request again makes a second person.
func (s *Simulator) createProfile(w http.ResponseWriter, r *http.Request) {
	in, ok := readPayload(w, r, "error creating profile")
	if !ok {
		return
	}
	problems := in.missing()
	if len(problems) > 0 {
		refuse(w, http.StatusUnprocessableEntity, "error creating profile", problems...)
		return
	}
	s.write(w, in, "error creating profile", http.StatusCreated, statuses, func() *Profile { return s.add(Profile{}) })
}

// updateProfile changes what is given. It can make nobody inactive: HR does that in Namely's own pages.
func (s *Simulator) updateProfile(w http.ResponseWriter, r *http.Request) {
	in, ok := readPayload(w, r, "error updating profile")
	if !ok {
		return
	}
	s.write(w, in, "error updating profile", http.StatusOK, []string{"active", "pending"},
		func() *Profile { return s.state.profile(r.PathValue("id")) })
}

func (s *Simulator) write(w http.ResponseWriter, in payload, failed string, status int, allowed []string, target func() *Profile) {
	var row map[string]any
	var problems []string
	err := s.locked(func() bool {
		if problems = in.problems(&s.state, allowed); len(problems) > 0 {
			return false
		}
		p := target()
		if p == nil {
			return false
		}
		in.apply(p, &s.state)
		p.UpdatedAt = s.Now()
		row = s.show(p, isoDate, nil)
		return true
	})
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case len(problems) > 0:
		refuse(w, http.StatusUnprocessableEntity, failed, problems...)
	case row == nil:
		refuse(w, http.StatusNotFound, "Profile not found")
	default:
		s.answerProfiles(w, status, []map[string]any{row}, 1)
	}
}

// readPayload unwraps the plural list that every write comes in.
func readPayload(w http.ResponseWriter, r *http.Request, failed string) (payload, bool) {
	var body struct {
		Profiles []payload `json:"profiles"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.Profiles) != 1 {
		refuse(w, http.StatusUnprocessableEntity, failed, "profiles must be a list of one profile")
		return payload{}, false
	}
	return body.Profiles[0], true
}

func (in payload) missing() (problems []string) {
	required := []struct {
		name  string
		value *string
	}{{"first_name", in.FirstName}, {"last_name", in.LastName}, {"user_status", in.Status}, {"start_date", in.Start},
		{"email", in.Email}, {"personal_email", in.Personal}}
	for _, f := range required {
		if f.value == nil || *f.value == "" {
			problems = append(problems, f.name+" is a required field")
		}
	}
	return problems
}

var zipUS = regexp.MustCompile(`^\d{5}(-\d{4})?$`)

func (in payload) problems(st *state, statuses []string) (problems []string) {
	if in.Status != nil && !slices.Contains(statuses, *in.Status) {
		problems = append(problems, "user_status is not included in the list")
	}
	for name, date := range map[string]*string{"start_date": in.Start, "departure_date": in.Departure} {
		if date == nil || *date == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, *date); err != nil {
			problems = append(problems, name+" is invalid")
		}
	}
	if in.ReportsTo != nil && *in.ReportsTo != "" && st.profile(*in.ReportsTo) == nil {
		problems = append(problems, "reports_to is invalid")
	}
	if h := in.Home; h != nil && (h.Line1 == "" || h.City == "" || len(h.Country) != 2 || h.Country == "US" && !zipUS.MatchString(h.Zip)) {
		problems = append(problems, "home is not a valid address")
	}
	if in.JobTitle != nil {
		if _, ok := st.title(in.title()); !ok {
			problems = append(problems, "job_title is invalid")
		}
	}
	slices.Sort(problems)
	return problems
}

// title is the id or the title given, in an object or as text.
func (in payload) title() string {
	var object struct{ ID, Title string }
	if json.Unmarshal(*in.JobTitle, &object) == nil {
		if object.ID != "" {
			return object.ID
		}
		return object.Title
	}
	var text string
	_ = json.Unmarshal(*in.JobTitle, &text)
	return text
}

func (in payload) apply(p *Profile, st *state) {
	for _, f := range []struct {
		to   *string
		from *string
	}{{&p.FirstName, in.FirstName}, {&p.LastName, in.LastName}, {&p.Email, in.Email}, {&p.Personal, in.Personal},
		{&p.Status, in.Status}, {&p.Start, in.Start}, {&p.Departure, in.Departure}, {&p.ReportsTo, in.ReportsTo}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if in.JobTitle != nil {
		title, _ := st.title(in.title())
		p.JobTitle = title.Title
	}
	if h := in.Home; h != nil {
		p.Home = Address{Line1: h.Line1, Line2: h.Line2, City: h.City, State: h.State, Zip: h.Zip, Country: h.Country}
	}
}
