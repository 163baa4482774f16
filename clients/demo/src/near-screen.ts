// The screen through nearside: a view for each thing that is selected, live.

import { useView } from "nearside/swr";
import type { Job, Person, Project, Screen, Selection } from "./data";

interface PersonView {
    projects: Project[];
    jobs: Job[];
}

interface ProjectView {
    jobs: Job[];
}

export function useNearScreen({ person, project }: Selection): Screen {
    const people = useView<Person[]>("/views/people");
    const chosen = useView<PersonView>(`/views/people/${person}`);
    // The view of a person has the jobs of their first project.
    const isFirst = project === undefined || project === chosen.data?.projects[0]?.id;
    const board = useView<ProjectView>(isFirst ? null : `/views/boards/${project}`);
    return {
        people: people.data,
        projects: chosen.data?.projects,
        jobs: isFirst ? chosen.data?.jobs : board.data?.jobs,
        failure: people.error ?? chosen.error ?? board.error,
    };
}
