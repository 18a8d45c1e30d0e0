BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Logs' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $null = New-Container busybox -Name talk -- sh -c 'for i in 1 2 3 4 5; do echo line $i; sleep 0.02; done; echo error >&2' | Start-Container -PassThru | Wait-Container -Timeout 20
    }

    AfterAll {
        Remove-TestStore $store
    }

    It 'gives records with time and stream' {
        $records = Get-ContainerLog talk
        $records.Count | Should -Be 6
        $records[0].Message | Should -Be 'line 1'
        $records[0].Stream | Should -Be 'Stdout'
        $records[0].Container | Should -Be 'talk'
        $records[5].Stream | Should -Be 'Stderr'
        ([DateTimeOffset]::Now - $records[0].Time).TotalMinutes | Should -BeLessThan 5
    }

    It 'gives the last, one stream, a pattern, and text alone' {
        (Get-ContainerLog talk -Tail 2).Message | Should -Be 'line 5', 'error'
        (Get-ContainerLog talk -Stream Stderr).Message | Should -Be 'error'
        Get-ContainerLog talk -Pattern '^line [24]$' -Raw | Should -Be 'line 2', 'line 4'
        Get-ContainerLog talk -Tail 0 | Should -BeNullOrEmpty
    }

    It 'gives what lies between two moments' {
        $third = (Get-ContainerLog talk)[2].Time
        (Get-ContainerLog talk -Since $third -Raw)[0] | Should -Be 'line 3'
        Get-ContainerLog talk -Until $third -Raw | Select-Object -Last 1 | Should -BeIn 'line 2', 'line 3'
        Get-ContainerLog talk -Since ([DateTimeOffset]::Now.AddDays(1)) | Should -BeNullOrEmpty
    }

    It 'refuses what is no regular expression' {
        { Get-ContainerLog talk -Pattern '(' -ErrorAction Stop } | Should -Throw -ErrorId 'ArgumentInvalid,ContainerPS.Commands.GetContainerLogCommand'
    }

    It 'merges several containers by time' {
        $containers = 'one', 'two' | ForEach-Object { New-Container busybox -Name $_ -- sh -c 'for i in 1 2 3; do hostname; sleep 0.1; done' | Start-Container -PassThru }
        $null = $containers | Wait-Container -Timeout 20
        $records = Get-ContainerLog one, two
        $records.Count | Should -Be 6
        $records.Time | Should -Be ($records.Time | Sort-Object)
        $records.Container | Select-Object -Unique | Sort-Object | Should -Be 'one', 'two'
    }

    It 'follows until the container ends' {
        $null = New-Container busybox -Name live -- sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done' | Start-Container
        Get-ContainerLog live -Follow -Raw | Should -Be '1', '2', '3'
    }

    It 'follows several, and stops when the pipeline is left' {
        $null = 'left', 'right' | ForEach-Object { New-Container busybox -Name $_ -- sh -c 'while :; do hostname; sleep 0.1; done' | Start-Container }
        @(Get-ContainerLog left, right -Follow -Raw | Select-Object -First 6).Count | Should -Be 6
    }

    It 'merges the stored log of one that ended with one that is followed' {
        $null = New-Container busybox -Name late -- sh -c 'sleep 0.3; echo late' | Start-Container
        $messages = Get-ContainerLog talk, late -Follow -Raw
        $messages | Should -Contain 'late'
        $messages | Should -Contain 'line 1'
    }
}
