/** What the output of the PowerShell script says of itself. */
export const windowsOutputMark = 'portcullis-windows-1';

/**
 * A PowerShell script (5.1 and newer) that a person runs as administrator on a Windows host. It changes nothing, asks
 * nothing, and writes one JSON file, which `readWindowsOutput` reads. Enumerations are written as words. What cannot be
 * read becomes null; the firewall itself has to be readable.
 */
export const windowsScript = String.raw`# Portcullis: collects what its checks have to know about the network of this Windows host and its PostgreSQL
# server. It changes nothing. Run it as administrator:
#   powershell -ExecutionPolicy Bypass -File THIS-FILE [OUTPUT]
# then bring OUTPUT back:  portcullis scan --facts OUTPUT
param([string]$Output = 'portcullis-windows.json')
$ErrorActionPreference = 'Stop'
$store = @{ PolicyStore = 'ActiveStore' }
function By-Rule($filters) { $table = @{}; foreach ($one in $filters) { $table[$one.InstanceID] = $one }; $table }
function Words($value) { @($value | Where-Object { $null -ne $_ } | ForEach-Object { "$_" }) }
function Try-Get([scriptblock]$what) { try { ,@(& $what) } catch { $null } }
function Bytes([string]$path) { try { [Convert]::ToBase64String([IO.File]::ReadAllBytes($path)) } catch { $null } }

$ports = By-Rule (Get-NetFirewallPortFilter @store)
$addresses = By-Rule (Get-NetFirewallAddressFilter @store)
$programs = By-Rule (Get-NetFirewallApplicationFilter @store)
$services = By-Rule (Get-NetFirewallServiceFilter @store)
$interfaces = By-Rule (Get-NetFirewallInterfaceFilter @store)
$kinds = By-Rule (Get-NetFirewallInterfaceTypeFilter @store)
$security = By-Rule (Get-NetFirewallSecurityFilter @store)

$rules = @(Get-NetFirewallRule @store | Where-Object { "$($_.Direction)" -eq 'Inbound' -and "$($_.Enabled)" -eq 'True' } | ForEach-Object {
  $id = $_.InstanceID; $p = $ports[$id]; $a = $addresses[$id]; $s = $security[$id]
  [ordered]@{
    Name = $_.Name; DisplayName = $_.DisplayName; Enabled = "$($_.Enabled)"; Direction = "$($_.Direction)"
    Action = "$($_.Action)"; Profile = "$($_.Profile)"; PolicyStoreSourceType = "$($_.PolicyStoreSourceType)"
    Protocol = "$($p.Protocol)"; LocalPort = Words $p.LocalPort; RemotePort = Words $p.RemotePort
    DynamicTarget = "$($p.DynamicTarget)"
    LocalAddress = Words $a.LocalAddress; RemoteAddress = Words $a.RemoteAddress
    RemoteDynamicKeywordAddresses = Words $a.RemoteDynamicKeywordAddresses
    Program = "$($programs[$id].Program)"; Package = "$($programs[$id].Package)"; Service = "$($services[$id].Service)"
    InterfaceAlias = Words $interfaces[$id].InterfaceAlias; InterfaceType = "$($kinds[$id].InterfaceType)"
    Authentication = "$($s.Authentication)"; Encryption = "$($s.Encryption)"; OverrideBlockRules = "$($s.OverrideBlockRules)"
    LocalUser = "$($s.LocalUser)"; RemoteUser = "$($s.RemoteUser)"; RemoteMachine = "$($s.RemoteMachine)"
  }
})
$profiles = @(Get-NetFirewallProfile @store | ForEach-Object {
  [ordered]@{
    Name = "$($_.Name)"; Enabled = "$($_.Enabled)"; DefaultInboundAction = "$($_.DefaultInboundAction)"
    AllowInboundRules = "$($_.AllowInboundRules)"; AllowLocalFirewallRules = "$($_.AllowLocalFirewallRules)"
    DisabledInterfaceAliases = Words $_.DisabledInterfaceAliases
  }
})
$clusters = Try-Get {
  Get-CimInstance Win32_Service | Where-Object { $_.PathName -match 'pg_ctl(\.exe)?"?\s+runservice' } | ForEach-Object {
    if ($_.PathName -match '-D\s+("([^"]+)"|(\S+))') {
      $data = if ($Matches[2]) { $Matches[2] } else { $Matches[3] }
      $version = try { [IO.File]::ReadAllText((Join-Path $data 'PG_VERSION')).Trim() } catch { '' }
      [ordered]@{
        Service = $_.Name; Account = $_.StartName; State = "$($_.State)"; PathName = $_.PathName; Data = $data
        Version = $version; Hba = Bytes (Join-Path $data 'pg_hba.conf')
      }
    }
  }
}
$result = [ordered]@{
  Mark = '${windowsOutputMark}'
  Time = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
  Computer = $env:COMPUTERNAME; User = $env:USERNAME; Architecture = $env:PROCESSOR_ARCHITECTURE
  System = "$(try { (Get-CimInstance Win32_OperatingSystem).Caption } catch { 'Windows' })"
  Version = "$([Environment]::OSVersion.Version)"
  Firewall = [ordered]@{
    Profiles = $profiles
    Networks = Try-Get { Get-NetConnectionProfile | ForEach-Object { [ordered]@{ InterfaceAlias = $_.InterfaceAlias; NetworkCategory = "$($_.NetworkCategory)" } } }
    Addresses = Try-Get { Get-NetIPAddress | ForEach-Object { [ordered]@{ InterfaceAlias = $_.InterfaceAlias; IPAddress = $_.IPAddress; PrefixLength = [int]$_.PrefixLength } } }
    Listeners = Try-Get { Get-NetTCPConnection -State Listen | ForEach-Object {
      $process = $_.OwningProcess
      [ordered]@{ LocalAddress = $_.LocalAddress; LocalPort = [int]$_.LocalPort; Process = [int]$process
        Path = "$(try { (Get-Process -Id $process).Path } catch { '' })" } } }
    Rules = $rules
  }
  Clusters = $clusters
}
[IO.File]::WriteAllText((Join-Path (Get-Location) $Output), (ConvertTo-Json $result -Depth 6 -Compress))
Write-Host "Written: $Output"
`;
