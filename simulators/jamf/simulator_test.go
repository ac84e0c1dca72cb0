package jamfsim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tenure/simulators/kit"
)

// bench is a stand-in with a movable clock and a caller that keeps its cookies.
type bench struct {
	t    *testing.T
	sim  *Simulator
	url  string
	now  time.Time
	http *http.Client
}

func newBench(t *testing.T, sim *Simulator) *bench {
	t.Helper()
	b := &bench{t: t, sim: sim, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	sim.Clock = func() time.Time { return b.now }
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	b.url = srv.URL
	b.http = b.client()
	return b
}

func (b *bench) client() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func (b *bench) token() string {
	b.t.Helper()
	resp, err := b.http.PostForm(b.url+"/api/v1/oauth/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {DefaultClientID}, "client_secret": {DefaultClientSecret}})
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || out.AccessToken == "" || out.ExpiresIn != 59 {
		b.t.Fatalf("token answer %d %+v %v", resp.StatusCode, out, err)
	}
	return out.AccessToken
}

func (b *bench) call(method, path string, body any) (int, map[string]any, string) {
	b.t.Helper()
	return b.callAs(b.http, b.token(), method, path, body)
}

func (b *bench) callAs(c *http.Client, token, method, path string, body any) (int, map[string]any, string) {
	b.t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, in)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, _ := io.ReadAll(resp.Body)
	var out map[string]any
	_ = json.Unmarshal(raw, &out)
	return resp.StatusCode, out, string(raw)
}

func (b *bench) send(managementID, kind, pin string) (int, string) {
	b.t.Helper()
	status, _, raw := b.call(http.MethodPost, "/api/v2/mdm/commands", map[string]any{
		"clientData":  []any{map[string]string{"managementId": managementID}},
		"commandData": map[string]string{"commandType": kind, "pin": pin}})
	return status, raw
}

func (b *bench) states(serial string) string {
	var out []string
	for _, c := range b.sim.Commands(serial) {
		out = append(out, string(c.State))
	}
	return strings.Join(out, " ")
}

func TestToken_Expired_IsRefused(t *testing.T) {
	b := newBench(t, new(Simulator))
	token := b.token()
	b.now = b.now.Add(59 * time.Second)
	if status, _, _ := b.callAs(b.http, token, http.MethodGet, "/api/v1/jamf-pro-version", nil); status != http.StatusOK {
		t.Errorf("after 59 s: %d", status)
	}
	b.now = b.now.Add(time.Second)
	status, _, body := b.callAs(b.http, token, http.MethodGet, "/api/v1/jamf-pro-version", nil)
	if status != http.StatusUnauthorized || !strings.Contains(body, `"errors":[]`) {
		t.Errorf("after 60 s: %d %s", status, body)
	}
}

func TestToken_WrongSecret_IsInvalidClient(t *testing.T) {
	b := newBench(t, new(Simulator))
	resp, err := b.http.PostForm(b.url+"/api/v1/oauth/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {DefaultClientID}, "client_secret": {"wrong"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(raw), `"invalid_client"`) {
		t.Errorf("%d %s", resp.StatusCode, raw)
	}
}

func TestInventory_SectionNotAskedFor_IsNull(t *testing.T) {
	b := newBench(t, new(Simulator))
	b.sim.AddDevice(Device{Serial: "C02XY", Email: "jo@example.com"})
	_, out, _ := b.call(http.MethodGet, "/api/v4/computers-inventory", nil)
	row := out["results"].([]any)[0].(map[string]any)
	if row["userAndLocation"] != nil || row["hardware"] != nil || row["general"] == nil {
		t.Errorf("default sections: %v", row)
	}
	_, out, _ = b.call(http.MethodGet, "/api/v4/computers-inventory?section=USER_AND_LOCATION", nil)
	row = out["results"].([]any)[0].(map[string]any)
	if row["userAndLocation"].(map[string]any)["email"] != "jo@example.com" || row["general"] != nil {
		t.Errorf("one section: %v", row)
	}
}

func TestInventory_Versions(t *testing.T) {
	cases := []struct {
		version string
		noV4    bool
		v3, v4  int
	}{{"", false, 200, 200}, {"11.29.0-t1", false, 200, 404}, {"11.22.0", false, 404, 404}, {"", true, 200, 404}}
	for _, c := range cases {
		b := newBench(t, &Simulator{Version: c.version, NoV4: c.noV4})
		b.sim.AddDevice(Device{Serial: "C02XY"})
		v3, _, body3 := b.call(http.MethodGet, "/api/v3/computers-inventory", nil)
		v4, _, body4 := b.call(http.MethodGet, "/api/v4/computers-inventory", nil)
		if v3 != c.v3 || v4 != c.v4 {
			t.Errorf("%+v: v3 %d, v4 %d", c, v3, v4)
		}
		if v3 == 200 && (!strings.Contains(body3, "lastContactTime") || strings.Contains(body3, `"lastContact"`)) {
			t.Errorf("v3 shows the wrong contact fields: %s", body3)
		}
		if v4 == 200 && strings.Contains(body4, "lastContactTime") {
			t.Errorf("v4 shows v3's field: %s", body4)
		}
	}
}

func TestInventory_Filter(t *testing.T) {
	b := newBench(t, new(Simulator))
	for _, d := range []Device{{Serial: "A1", Email: "Jo@Example.com"}, {Serial: "B2", Username: "jo@example.com"},
		{Serial: "C3", Email: "jo+mac@example.com"}, {Serial: "D4", Email: `quo"te@example.com`}} {
		b.sim.AddDevice(d)
	}
	cases := []struct {
		filter string
		status int
		want   string
	}{
		{`userAndLocation.email=="jo@example.com"`, 200, "A1"},
		{`userAndLocation.email=="jo@example.com",userAndLocation.username=="jo@example.com"`, 200, "A1 B2"},
		{`userAndLocation.email=="jo+mac@example.com"`, 200, "C3"},
		{`userAndLocation.email=="quo\"te@example.com"`, 200, "D4"},
		{`userAndLocation.email=="jo*"`, 200, "A1 C3"},
		{`userAndLocation.email=="jo*";hardware.serialNumber!="A1"`, 200, "C3"},
		{`(hardware.serialNumber=="A1",hardware.serialNumber=="B2");userAndLocation.username=="jo*"`, 200, "B2"},
		{`id=in=(1,3)`, 200, "A1 C3"},
		{`id=out=(1,3)`, 200, "B2 D4"},
		{`general.lastContact=lt="2000-01-01T00:00:00Z"`, 200, ""},
		{`general.lastContact=gt="2000-01-01T00:00:00Z";id==1`, 200, "A1"},
		{`general.lastContactTime=gt="2000-01-01T00:00:00Z"`, 400, ""},
		{`shoeSize==44`, 400, ""},
		{`id=like=1`, 400, ""},
		{`id=="1`, 400, ""},
		{`(id==1`, 400, ""},
		{`id==1)`, 400, ""},
		{`id=in=1`, 400, ""},
		{`id=in=(1`, 400, ""},
		{`==1`, 400, ""},
		{`general.lastContact=gt="soon"`, 400, ""},
	}
	for _, c := range cases {
		status, out, raw := b.call(http.MethodGet, "/api/v4/computers-inventory?section=HARDWARE&filter="+url.QueryEscape(c.filter), nil)
		if status != c.status {
			t.Errorf("%s: %d %s", c.filter, status, raw)
			continue
		}
		var got []string
		rows, _ := out["results"].([]any)
		for _, row := range rows {
			got = append(got, row.(map[string]any)["hardware"].(map[string]any)["serialNumber"].(string))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, want %s", c.filter, got, c.want)
		}
	}
}

func TestLock_OnlineMac_AcknowledgesAfterAckAfterAndFallsSilent(t *testing.T) {
	b := newBench(t, &Simulator{AckAfter: 10 * time.Second})
	d := b.sim.AddDevice(Device{Serial: "C02XY"})
	if status, raw := b.send(d.ManagementID, "DEVICE_LOCK", "493027"); status != http.StatusCreated || !strings.HasPrefix(raw, `[{"`) {
		t.Fatalf("%d %s", status, raw)
	}
	if b.states("C02XY") != "PENDING" {
		t.Errorf("at once: %s", b.states("C02XY"))
	}
	b.now = b.now.Add(10 * time.Second)
	got, _ := b.sim.Device("C02XY")
	if b.states("C02XY") != "ACKNOWLEDGED" || !got.Locked || got.Reachable() || got.LockPIN != "493027" {
		t.Errorf("after 10 s: %s %+v", b.states("C02XY"), got)
	}
	b.send(d.ManagementID, "ERASE_DEVICE", "493027")
	b.now = b.now.Add(time.Hour)
	if b.states("C02XY") != "ACKNOWLEDGED PENDING" {
		t.Errorf("an erase reached a locked Mac: %s", b.states("C02XY"))
	}
	if b.sim.Unlock("C02XY", "000000") {
		t.Error("a wrong PIN opened the Mac")
	}
	if !b.sim.Unlock("C02XY", "493027") {
		t.Fatal("the PIN does not open the Mac")
	}
	b.now = b.now.Add(10 * time.Second)
	if got, _ = b.sim.Device("C02XY"); !got.Erased {
		t.Errorf("the erase should follow the unlock: %s", b.states("C02XY"))
	}
}

func TestLock_OfflineMac_StaysPendingUntilItIsBack(t *testing.T) {
	b := newBench(t, new(Simulator))
	d := b.sim.AddDevice(Device{Serial: "C02XY", Offline: true})
	b.send(d.ManagementID, "DEVICE_LOCK", "493027")
	b.now = b.now.AddDate(0, 1, 0)
	if b.states("C02XY") != "PENDING" {
		t.Fatalf("offline: %s", b.states("C02XY"))
	}
	b.sim.SetOnline("C02XY", true)
	if b.states("C02XY") != "ACKNOWLEDGED" {
		t.Errorf("back online: %s", b.states("C02XY"))
	}
}

func TestLock_TwoPINs_StrandTheMac(t *testing.T) {
	b := newBench(t, new(Simulator))
	d := b.sim.AddDevice(Device{Serial: "C02XY", Offline: true})
	b.send(d.ManagementID, "DEVICE_LOCK", "493027")
	b.send(d.ManagementID, "DEVICE_LOCK", "493027")
	if got, _ := b.sim.Device("C02XY"); got.Stranded {
		t.Error("the same PIN twice strands nobody")
	}
	b.send(d.ManagementID, "DEVICE_LOCK", "810264")
	if got, _ := b.sim.Device("C02XY"); !got.Stranded {
		t.Error("two PINs should strand the Mac")
	}
	b.sim.SetOnline("C02XY", true)
	b.sim.Unlock("C02XY", "493027")
	b.sim.Unlock("C02XY", "493027")
	if got, _ := b.sim.Device("C02XY"); !got.Locked || got.LockPIN != "810264" {
		t.Errorf("the second lock should hold the Mac: %+v", got)
	}
}

func TestCommand_Replies(t *testing.T) {
	b := newBench(t, new(Simulator))
	for reply, want := range map[Reply]string{NotNow: "NOT_NOW", Errors: "ERROR", FormatErrors: "COMMAND_FORMAT_ERROR"} {
		d := b.sim.AddDevice(Device{Serial: "S" + string(reply), Reply: reply})
		b.send(d.ManagementID, "DEVICE_LOCK", "493027")
		if got := b.states(d.Serial); got != want {
			t.Errorf("%s: %s", reply, got)
		}
	}
	b.sim.Edit("SNOT_NOW", func(d *Device) { d.Reply = Acknowledges })
	if got := b.states("SNOT_NOW"); got != "ACKNOWLEDGED" {
		t.Errorf("after NOT_NOW: %s", got)
	}
}

func TestCommand_MissingPrivilege_ShowsOnlyOnSending(t *testing.T) {
	b := newBench(t, new(Simulator))
	d := b.sim.AddDevice(Device{Serial: "C02XY"})
	b.sim.Deny("Send Computer Remote Lock Command")
	status, raw := b.send(d.ManagementID, "DEVICE_LOCK", "493027")
	if status != http.StatusForbidden || !strings.Contains(raw, "INVALID_PRIVILEGE") || !strings.Contains(raw, "[DEVICE_LOCK]") {
		t.Errorf("%d %s", status, raw)
	}
	if status, raw := b.send(d.ManagementID, "ERASE_DEVICE", "493027"); status != http.StatusCreated {
		t.Errorf("another command: %d %s", status, raw)
	}
}

func TestCommand_BadRequests(t *testing.T) {
	b := newBench(t, &Simulator{RefuseSecondLock: true})
	d := b.sim.AddDevice(Device{Serial: "C02XY", Offline: true})
	gone := b.sim.AddDevice(Device{Serial: "GONE", Unmanaged: true})
	cases := []struct {
		name, id, kind, pin string
		want                int
	}{
		{"short lock PIN", d.ManagementID, "DEVICE_LOCK", "4930", 400},
		{"erase without PIN", d.ManagementID, "ERASE_DEVICE", "", 500},
		{"unknown client", "nobody", "DEVICE_LOCK", "493027", 400},
		{"unmanaged client", gone.ManagementID, "DEVICE_LOCK", "493027", 400},
		{"first lock", d.ManagementID, "DEVICE_LOCK", "493027", 201},
		{"second lock", d.ManagementID, "DEVICE_LOCK", "493027", 400},
	}
	for _, c := range cases {
		if status, raw := b.send(c.id, c.kind, c.pin); status != c.want {
			t.Errorf("%s: %d %s", c.name, status, raw)
		}
	}
	if status, _, _ := b.call(http.MethodGet, "/api/v2/mdm/commands", nil); status != 400 {
		t.Errorf("a command query without a filter: %d", status)
	}
}

func TestCluster_WithoutTheCookie_WritesAreSeenLate(t *testing.T) {
	b := newBench(t, &Simulator{Lag: 30 * time.Second})
	d := b.sim.AddDevice(Device{Serial: "C02XY", Offline: true, Email: "jo@example.com"})
	token := b.token()
	b.send(d.ManagementID, "DEVICE_LOCK", "493027")
	b.call(http.MethodPatch, "/api/v4/computers-inventory-detail/"+d.ID, map[string]any{"userAndLocation": map[string]string{"email": ""}})
	look := func(c *http.Client) (commands float64, email any) {
		_, out, _ := b.callAs(c, token, http.MethodGet, "/api/v2/mdm/commands?filter="+url.QueryEscape("clientManagementId=="+d.ManagementID), nil)
		_, dev, _ := b.callAs(c, token, http.MethodGet, "/api/v4/computers-inventory/"+d.ID+"?section=USER_AND_LOCATION", nil)
		return out["totalCount"].(float64), dev["userAndLocation"].(map[string]any)["email"]
	}
	if n, email := look(b.http); n != 1 || email != "" {
		t.Errorf("the writer itself sees %v commands and %q", n, email)
	}
	other := b.client()
	if n, email := look(other); n != 0 || email != "jo@example.com" {
		t.Errorf("another node shows %v commands and %q at once", n, email)
	}
	b.now = b.now.Add(30 * time.Second)
	if n, email := look(other); n != 1 || email != "" {
		t.Errorf("another node shows %v commands and %q after the lag", n, email)
	}
}

func TestPatch_AttributeOfAScript_IsRefused(t *testing.T) {
	b := newBench(t, new(Simulator))
	d := b.sim.AddDevice(Device{Serial: "C02XY", Attributes: []Attribute{{ID: "23", Name: "Stock"}, {ID: "24", InputType: "SCRIPT"}}})
	patch := func(id string) int {
		status, _, _ := b.call(http.MethodPatch, "/api/v4/computers-inventory-detail/"+d.ID,
			map[string]any{"extensionAttributes": []any{map[string]any{"definitionId": id, "values": []string{"in stock"}}}})
		return status
	}
	if patch("23") != 204 || patch("24") != 400 || patch("99") != 400 {
		t.Error("a text attribute is written, others are refused")
	}
	if got, _ := b.sim.Device("C02XY"); got.Attributes[0].Values[0] != "in stock" {
		t.Errorf("%+v", got.Attributes)
	}
}

func TestRecon_RepopulatesTheAssignee(t *testing.T) {
	b := newBench(t, &Simulator{ReconRepopulates: true})
	d := b.sim.AddDevice(Device{Serial: "C02XY", Username: "jo@example.com", Email: "jo@example.com"})
	b.call(http.MethodPatch, "/api/v3/computers-inventory-detail/"+d.ID, map[string]any{"userAndLocation": map[string]string{"email": "", "username": ""}})
	b.sim.Recon("C02XY")
	if got, _ := b.sim.Device("C02XY"); got.Email != "jo@example.com" {
		t.Errorf("%+v", got)
	}
}

func TestFault_503_IsThePageOfALoadBalancer(t *testing.T) {
	b := newBench(t, new(Simulator))
	token := b.token()
	b.sim.Inject(kit.Fault{Status: http.StatusServiceUnavailable})
	status, _, body := b.callAs(b.http, token, http.MethodGet, "/api/v1/jamf-pro-version", nil)
	if status != 503 || !strings.Contains(body, "<html>") {
		t.Errorf("%d %s", status, body)
	}
}

func TestState_SurvivesARestart_AndTheLogHidesSecrets(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, &Simulator{Kit: kit.Kit{Dir: dir}})
	d := b.sim.AddDevice(Device{Serial: "C02XY", Offline: true})
	b.send(d.ManagementID, "DEVICE_LOCK", "493027")
	again := newBench(t, &Simulator{Kit: kit.Kit{Dir: dir}})
	if got := again.sim.Commands("C02XY"); len(got) != 1 || got[0].PIN != "493027" {
		t.Errorf("commands after the restart: %+v", got)
	}
	if again.sim.CallsTo(http.MethodPost, "/api/v2/mdm/commands") != 1 {
		t.Errorf("calls after the restart: %+v", again.sim.Calls())
	}
	for _, c := range again.sim.Calls() {
		if strings.Contains(c.Body, "493027") || strings.Contains(c.Body, DefaultClientSecret) {
			t.Errorf("the log holds a secret: %s", c.Body)
		}
	}
	again.sim.AddDevices(Device{Serial: "A"}, Device{Serial: "B"})
	if snap := again.sim.Snapshot(); len(snap.Devices) != 3 || snap.Devices[2].ID != "3" || len(snap.Commands) != 1 {
		t.Errorf("snapshot %+v", snap)
	}
}
