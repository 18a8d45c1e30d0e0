BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Events' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $before = [DateTimeOffset]::Now
        $null = New-Container busybox -Name web -- sh -c 'exit 3' | Start-Container -PassThru | Wait-Container -Timeout 20
        $first = Get-Container web
        Remove-Container web
        $null = New-Container busybox -Name web -- sleep 1000 | Start-Container -PassThru | Stop-Container -Timeout 0
        $second = Get-Container web
        $null = Invoke-Container busybox -- true
    }

    AfterAll {
        Remove-TestStore $store
    }

    It 'gives every event in order, without a gap' {
        $events = Get-ContainerEvent
        $events.Sequence | Should -Be (1..$events.Count)
        $events[0].Type | Should -Be 'image'
        $events[0].Action | Should -Be 'import'
        $events[0].Actor.Name | Should -Be 'busybox'
        $events[0].Actor.Id | Should -Be (Get-Image busybox).Id
        $events[0] | Should -BeOfType ContainerPS.ContainerEvent
        ([DateTimeOffset]::Now - $events[-1].Time).TotalMinutes | Should -BeLessThan 5
    }

    It 'gives those of a container by its object, its id, and of all that had its name' {
        ($first | Get-ContainerEvent).Action | Should -Be 'create', 'start', 'die', 'destroy'
        (Get-ContainerEvent -Id $first.Id).Action | Should -Be 'create', 'start', 'die', 'destroy'
        (Get-ContainerEvent $first.ShortId).Action | Should -Be 'create', 'start', 'die', 'destroy'
        ($second | Get-ContainerEvent).Action | Should -Be 'create', 'start', 'kill', 'kill', 'die', 'stop'
        (Get-ContainerEvent -Id $second.Id.Substring(0, 6)).Action | Should -Be ($second | Get-ContainerEvent).Action
        (Get-ContainerEvent web).Actor.Id | Select-Object -Unique | Should -Be $first.Id, $second.Id
        (Get-ContainerEvent 'we?').Count | Should -Be (Get-ContainerEvent web).Count
    }

    It 'gives one that removes itself in the order of its life' {
        $id = (Get-ContainerEvent -Action destroy -Newest 1).Actor.Id
        $id | Should -Not -BeIn $first.Id, $second.Id
        $life = Get-ContainerEvent -Id $id
        $life.Action | Should -Be 'create', 'start', 'die', 'destroy'
        $life[2].ExitCode | Should -Be 0
    }

    It 'knows exit code, signal and run' {
        $died = Get-ContainerEvent web -Action die
        $died.ExitCode | Should -Be 3, 137
        $died[1].Attributes['signal'] | Should -Be '9'
        $died[0].Attributes['run'] | Should -Be '1'
        $died[0].Actor.Image | Should -Be 'busybox'
        "$($died[0])" | Should -Be 'container die web'
    }

    It 'chooses by type, action and number' {
        (Get-ContainerEvent -Type image).Action | Should -Be 'import'
        (Get-ContainerEvent -Type IMAGE, pod).Count | Should -Be 1
        (Get-ContainerEvent $second -Action START, 'k*').Action | Should -Be 'start', 'kill', 'kill'
        $last = Get-ContainerEvent -Newest 3
        $last.Count | Should -Be 3
        $last[-1].Sequence | Should -Be (Get-ContainerEvent)[-1].Sequence
        (Get-ContainerEvent -Newest 10000).Count | Should -Be (Get-ContainerEvent).Count
    }

    It 'chooses by time: dates and how long ago' {
        $died = (Get-ContainerEvent web -Action die)[0]
        (Get-ContainerEvent -Since $died.Time)[0].Sequence | Should -Be $died.Sequence
        (Get-ContainerEvent -Until $died.Time)[-1].Sequence | Should -Be $died.Sequence
        (Get-ContainerEvent -Since $before.LocalDateTime -Until $before.AddHours(1)).Count | Should -Be ((Get-ContainerEvent).Count - 1)
        (Get-ContainerEvent -Since 1h).Count | Should -Be (Get-ContainerEvent).Count
        Get-ContainerEvent -Until 1h | Should -BeNullOrEmpty
        Get-ContainerEvent -Since ([timespan]::FromHours(1)) -Newest 1 | Should -Not -BeNullOrEmpty
    }

    It 'records tags, and what takes an image away' {
        $null = New-Image -RootFs $store.RootFs -Name gone
        $gone = Get-Image gone
        Remove-Image gone
        (Get-ContainerEvent -Type image | Where-Object { $_.Actor.Id -eq $gone.Id }).Action | Select-Object -Last 2 | Should -Be 'untag', 'delete'
        (Get-ContainerEvent -Type image -Newest 1).Actor.Name | Should -Be 'gone'
    }

    It 'feeds other commands' {
        (Get-ContainerEvent $second -Newest 1 | Get-Container).Name | Should -Be 'web'
        { Get-ContainerEvent -Type image | Get-Container -ErrorAction Stop } | Should -Throw
    }

    It 'refuses what nobody knows, and null' {
        { Get-ContainerEvent nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,ContainerPS.Commands.GetContainerEventCommand'
        { Get-ContainerEvent -Id 0123456789abcdef -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,ContainerPS.Commands.GetContainerEventCommand'
        { Get-ContainerEvent $null -ErrorAction Stop } | Should -Throw
        Get-ContainerEvent 'nobody*' | Should -BeNullOrEmpty
        @() | Get-ContainerEvent | Should -BeNullOrEmpty
    }

    It 'warns of damage and goes on' {
        $count = (Get-ContainerEvent).Count
        $segment = Get-ChildItem (Join-Path $env:CONTAINERPS_ROOT events) | Sort-Object Name | Select-Object -Last 1
        [IO.File]::AppendAllText($segment.FullName, "no event`n")
        $events = Get-ContainerEvent -WarningVariable warnings -WarningAction SilentlyContinue
        $events.Count | Should -Be $count
        "$warnings" | Should -Be "Damaged events are left out: $($count + 1)."
        $null = New-Container busybox -Name later
        (Get-ContainerEvent later -WarningAction SilentlyContinue)[0].Sequence | Should -Be ($count + 2)
    }

    It 'is seen by another process while it happens' {
        $other = Start-Pwsh "'ready'; New-Container busybox -Name other -- true | Start-Container; Start-Sleep 1000"
        try {
            Wait-Until -Seconds 60 { Get-ContainerEvent 'other*' -Action die -WarningAction SilentlyContinue }
            (Get-ContainerEvent other -WarningAction SilentlyContinue).Action | Should -Be 'create', 'start', 'die'
        }
        finally {
            $other.Kill()
        }
    }

    It 'shows a table' {
        $text = $first | Get-ContainerEvent | Format-Table | Out-String -Width 160
        $text | Should -Match 'Sequence +Time +Type +Action +Actor +Image +ExitCode'
        $text | Should -Match 'container die +web +busybox +3'
    }

    It 'survives a job as it was' {
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-ContainerEvent $first -Action die)))
        $copy.Actor.Name | Should -Be 'web'
        $copy.ExitCode | Should -Be 3
        $copy.Attributes['run'] | Should -Be '1'
    }

    It 'completes types and actions' {
        ([System.Management.Automation.CommandCompletion]::CompleteInput('Get-ContainerEvent -Action exec_', 32, $null)).CompletionMatches.CompletionText | Should -Be 'exec_create', 'exec_start', 'exec_die'
        ([System.Management.Automation.CommandCompletion]::CompleteInput('Get-ContainerEvent -Type i', 26, $null)).CompletionMatches.CompletionText | Should -Be 'image'
    }
}
